import asyncio

import aiohttp


class Prices:
    async def start(self):
        loop = asyncio.get_event_loop()
        connector = aiohttp.TCPConnector(loop=loop, verify_ssl=False)
        self.session = aiohttp.ClientSession(
            connector=connector, loop=loop, read_timeout=30, conn_timeout=5
        )

    async def price(self, url):
        try:
            response = await self.session.get(url, raise_for_status=True)
        except aiohttp.ClientResponseError as error:
            return 'error %s' % error.code
        try:
            return '%s costs %s' % (response.url_obj.path, await response.text())
        finally:
            await response.release()

    async def send_list(self, url, data: bytes):
        form = aiohttp.FormData()
        form.add_field('list', data)
        async with self.session.post(url, data=form) as response:
            return await response.text()

    async def stop(self):
        await self.session.close()
